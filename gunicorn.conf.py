"""The web server. PORT, WEB_CONCURRENCY (processes) and WEB_THREADS come from the environment."""

import gc
import logging
import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Threads, so that an agent who plays a recording never makes a caller wait.
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# Twilio gives up after 15 s; a process that says nothing for longer is replaced.
timeout = 30
# A deployment lets the turns of calls in progress end.
graceful_timeout = 20
keepalive = 5
# Never an access log: its lines hold what callers and agents ask for.
accesslog = None
errorlog = "-"
control_socket_disable = True

# What the application itself says; gunicorn's own loggers stand apart.
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")


def post_worker_init(_worker: object) -> None:
    """What stands at the start stays: the collector does not walk through it again and again,
    nor for each few hundred objects that a request makes and lets go."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
