"""Keeping in step with peers: what is published to them and pulled from them, and the truth about what happened.

What may enter: the order of steps (read, check, decide, send; fetch, check, store). How HTTP is spoken is
`taxii.client`'s matter, what may leave is `policy`'s, how things are kept is `store`'s.
"""
