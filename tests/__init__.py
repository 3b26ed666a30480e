"""The tests. Folders mirror disarm_exchange/."""
