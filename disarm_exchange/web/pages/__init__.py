"""What each page shows: functions from a call to a template and its values."""
