"""The room of identity: staff and tokens."""
