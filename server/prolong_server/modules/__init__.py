"""The room of Modules: licenses bound to devices, and the requests to move them."""
