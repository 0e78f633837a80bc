from django.apps import AppConfig
from django.core.checks import register

from config.checks import pdf_libraries


class ConfigConfig(AppConfig):
    """An app only so that its static files and its system check are found."""

    name = "config"

    def ready(self):
        register(pdf_libraries)
