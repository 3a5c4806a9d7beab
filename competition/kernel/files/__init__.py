"""Files: the S3 storage, uploads from a browser, the malware scanner."""
