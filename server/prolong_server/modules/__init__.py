"""Hardware Modules and the procedure by which customers move, merge, redistribute and replace what hangs on them."""
