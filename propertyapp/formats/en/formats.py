"""https://docs.djangoproject.com/en/5.2/topics/i18n/formatting/#creating-custom-format-files"""

DATETIME_FORMAT = "M j, Y, g:i A T"
