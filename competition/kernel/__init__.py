"""What every slice stands on. The kernel knows no slice.

``data`` (transaction, tables, identifiers, audit log), ``jobs`` (outbox, queue, mail), ``files`` (S3, uploads, malware
scan), ``text`` (languages, money, numbers, Markdown) and ``web`` (access, forms, pages). The clock, the errors of
commands and the logs are used by all of them.
"""
