"""The project file and the environment: this package is the only reader of either."""

from querencia.settings.environment import Environment
from querencia.settings.models import Project
from querencia.settings.project_file import PROJECT_FILE, load_project

__all__ = ["PROJECT_FILE", "Environment", "Project", "load_project"]
