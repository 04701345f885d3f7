"""Spanish, English and Portuguese: locales, numbers and money in words, names, notes."""
