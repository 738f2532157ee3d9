"""`prolong-server demo`: a vendor with all that can be tried, made by the same services that a real one uses."""
