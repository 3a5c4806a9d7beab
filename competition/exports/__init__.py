"""Tables as files: declared once, written by a worker, fetched by a short-lived link."""
