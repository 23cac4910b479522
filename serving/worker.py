"""What each uvicorn worker runs: logs first, then the application from the environment's settings."""

from fastapi import FastAPI

from kit import logging
from kit.settings import read
from serving.app import create_app
from serving.settings import ServingSettings


def app() -> FastAPI:
    """The application of one worker process."""
    settings = read(ServingSettings)
    logging.set_up(as_json=settings.log_json)
    return create_app(settings)
