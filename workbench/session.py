"""``wb.session``: the engine in this process, or any Spark Connect server, as PySpark's own session."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MethodType
from typing import TYPE_CHECKING, Any

from workbench.base.errors import IllegalArgument

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from workbench.connect.server import Server
    from workbench.engine.workers.pool import WorkerView

_STOP_SECONDS = 10.0
_LISTENER_SECONDS = 5.0
_LISTENS = "_query_event_handler"
"""What PySpark's listener threads run."""
_REMOTE = "SPARK_REMOTE"
# What SPARK_REMOTE says while the embedded session lives; PySpark's builder wants it set before it looks for the session.
_HERE = "sc://localhost"


class _Embedded:
    """The engine's server in this process and the client session on it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.server: Server | None = None
        self.address = ""
        self.client: SparkSession | None = None

    def session(self) -> SparkSession:
        with self.lock:
            if self.client is None or self.client.is_stopped:
                if self.server is None:
                    self._start()
                self.client = _client(self.address)
            return self.client

    def _start(self) -> None:
        from workbench.connect.embedded import start

        self.server, self.address = start()
        atexit.register(self.stop)
        _before_threads_are_joined(self._end_listening)

    def _end_listening(self) -> None:
        """PySpark reads listener events on a thread that is no daemon: the interpreter waits for it before ``atexit``.

        It is over when its stream is; it must be before the pools it sends its requests with take no more.
        """
        if self.server is None:
            return
        self.server.end_listener_streams()
        works = {thread: getattr(thread, "_target", None) for thread in threading.enumerate()}
        for thread, work in works.items():
            if isinstance(work, MethodType) and work.__name__ == _LISTENS:
                thread.join(_LISTENER_SECONDS)
                # Else the session's `__del__` would ask a server that is gone to remove them.
                listeners: Any = work.__self__
                listeners._listener_bus.clear()  # noqa: SLF001 - as above

    def stop(self) -> None:
        with self.lock:
            server, self.server = self.server, None
            client, self.client = self.client, None
        if client is not None and not client.is_stopped:
            # First without a call to the server, then PySpark's own bookkeeping: stopping the server closes the session.
            client.client.close()
            client.stop()
        if server is not None:
            _stop_in_time(server)
        _forget_remote()

    def forget(self) -> None:
        """In a forked child the threads are gone: closing the parent's client would wait for them, so it is kept as it is."""
        self.parents = (self.server, self.client)
        self.lock = threading.RLock()
        self.server = self.client = None


def _stop_in_time(server: Server) -> None:
    """Stop the server, but let no user function that never returns keep the kernel from ending."""
    stopping = threading.Thread(target=server.stop, name="workbench-stop", daemon=True)
    stopping.start()
    stopping.join(_STOP_SECONDS)


def _before_threads_are_joined(call: Callable[[], None]) -> None:
    """Call at the interpreter's end, while threads and pools still work; later than ``threading``'s own, ``atexit`` is too late.

    Pools stop at the same hook, latest registered first, so they must have registered before. The hook has no public name.
    """
    import concurrent.futures.thread  # noqa: F401 - it registers as it is imported

    threading._register_atexit(call)  # type: ignore[attr-defined]  # noqa: SLF001


_embedded = _Embedded()
os.register_at_fork(after_in_child=_embedded.forget)


def session(url: str | None = None, *, workers: int | None = None, **conf: Any) -> SparkSession:
    """Return a Spark session: PySpark's own, on the engine in this process or on a Spark Connect server.

    Parameters
    ----------
    url : str, optional
        ``sc://host:port/;token=…`` of any Spark Connect server. Without one the engine starts in this process: no JVM, no
        network port, and a second call returns the same session.
    workers : int, optional
        Python functions run in so many processes of their own, which see copies of the notebook's variables; a second call
        with another number changes it, for running queries too. 0, the default: in this process, with the variables
        themselves. Not for a ``url``.
    **conf
        Configuration to set; ``_`` in a name stands for ``.``, or pass ``**{"spark.sql.shuffle.partitions": 4}``.

    Examples
    --------
    >>> import workbench as wb
    >>> spark = wb.session()  # doctest: +SKIP
    >>> spark.range(3).count()  # doctest: +SKIP
    3
    """
    # PySpark's generated messages are older than the protobuf in use; that is allowed and of no interest to the user.
    warnings.filterwarnings("ignore", "Protobuf gencode version")
    _check_workers(workers, url)
    with _main_module_with_a_file():
        found = _embedded.session() if url is None else _remote(url)
    for key, value in conf.items():
        found.conf.set(key if "." in key else key.replace("_", "."), value)
    if workers is not None:
        found.conf.set("workbench.workers", str(workers))
    _make_active(found)
    _give_controls(found)
    _show_in_notebook(found)
    return found


def _check_workers(workers: int | None, url: str | None) -> None:
    if workers is None:
        return
    if url is not None:
        raise IllegalArgument("WORKERS_NOT_HERE", workers=workers, url=url.partition(";")[0])
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 0:
        raise IllegalArgument("INVALID_WORKERS", workers=repr(workers))


@contextmanager
def _main_module_with_a_file() -> Iterator[None]:
    """While importing, PySpark takes a program without a file (``python -c``) for its own doctests, and wants Spark's tests."""
    main = sys.modules["__main__"]
    has_none = getattr(main, "__spec__", None) is None and not hasattr(main, "__file__")
    if has_none:
        main.__file__ = "<string>"
    try:
        yield
    finally:
        if has_none:
            del main.__file__


def workers() -> list[WorkerView]:
    """Return the worker processes of this process's sessions: name, state, calls, rows, times and memory of each.

    Examples
    --------
    >>> import workbench as wb
    >>> spark = wb.session(workers=2)  # doctest: +SKIP
    >>> [one.state for one in wb.workers()]  # doctest: +SKIP
    ['idle', 'idle']
    """
    from workbench.engine.workers.pool import views

    return views()


def stop() -> None:
    """Stop the engine in this process with everything that runs in it; nothing happens where there is none."""
    _embedded.stop()


def embedded_server() -> Server | None:
    """Return the engine's server in this process, None where there is none."""
    return _embedded.server


def _client(address: str) -> SparkSession:
    from pyspark.sql.connect.session import SparkSession

    from workbench.connect.channel import PrivateChannelBuilder

    os.environ.setdefault(_REMOTE, _HERE)
    return SparkSession(connection=PrivateChannelBuilder(address))


def _remote(url: str) -> SparkSession:
    from pyspark.sql.connect.session import SparkSession

    # Without its parameters: a token has no place in the environment of every program started from here.
    os.environ.setdefault(_REMOTE, url.partition(";")[0])
    return SparkSession(connection=url)


def _make_active(found: SparkSession) -> None:
    """So that ``SparkSession.active()`` and ``SparkSession.builder.getOrCreate()`` find it, in every thread."""
    kind = type(found)
    with kind._lock:  # noqa: SLF001 - PySpark has no public setter.
        kind._default_session = found  # noqa: SLF001
    kind._active_session.session = found  # noqa: SLF001


def _give_controls(found: SparkSession) -> None:
    """The session carries what only this engine can do with a query: the screen may not import it, and finds it there."""
    from workbench.connect import controls

    found.__dict__["_workbench_controls"] = controls


def _show_in_notebook(found: SparkSession) -> None:
    """In IPython a query on a cell's last line shows its live view; elsewhere nothing of the screen is loaded."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        from workbench.panel import attach
        from workbench.ui import install

        install(shell, found)
        attach(found)


def _forget_remote() -> None:
    if os.environ.get(_REMOTE) == _HERE:
        del os.environ[_REMOTE]
