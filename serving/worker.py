"""What each uvicorn worker runs: logs first, then the application from the environment's settings."""

import gc

from fastapi import FastAPI

from kit import logging
from kit.settings import read
from serving.app import create_app
from serving.settings import ServingSettings


def app() -> FastAPI:
    """The application of one worker process."""
    settings = read(ServingSettings)
    logging.set_up(as_json=settings.log_json)
    made = create_app(settings)
    # What is there now stays for good. The collector is told so: to go through it took 130 ms, a pause for everybody
    # who asks just then.
    gc.collect()
    gc.freeze()
    return made
