"""Hardware Modules: the requests to move what is bound to them, and the scans that prove who asked (M1–M11)."""
