"""Text that people read or type: languages, dates, money, numbers, lists, Markdown."""
