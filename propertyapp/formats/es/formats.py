"""https://docs.djangoproject.com/en/5.2/topics/i18n/formatting/#creating-custom-format-files"""

DATETIME_FORMAT = r"j \d\e F \d\e Y \a \l\a\s H:i T"
