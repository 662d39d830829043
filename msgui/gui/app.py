"""Starts Qt, shows the window, and keeps it alive whatever goes wrong."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import NoReturn

from PySide6.QtCore import QObject, Qt, QTimer, QtMsgType, Signal, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

import msgui
from msgui.gui import theme
from msgui.gui.window import MainWindow
from msgui.paths import cache_folder

log = logging.getLogger("msgui")

LOG_BYTES, LOG_FILES = 1 << 20, 3
# How long a worker may keep Python to itself while the window waits for it; the default of 5 ms,
# several times in one repaint, is felt.
SWITCH_SECONDS = 0.001
AWAKE_MS = 400


class LastResort(QObject):
    """Catches what nobody caught: one dialog, a line in the log, and the window goes on."""

    caught = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.count = 0
        self.caught.connect(window.show_problem, Qt.ConnectionType.QueuedConnection)
        self._before = sys.excepthook
        self._before_threads = threading.excepthook
        sys.excepthook = self.catch
        threading.excepthook = lambda args: self.catch(
            args.exc_type, args.exc_value, args.exc_traceback
        )
        window.destroyed.connect(self.release)

    def catch(
        self,
        kind: type[BaseException],
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Log an error and show it once."""
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.exit(130)
            return
        self.count += 1
        log.error("uncaught", exc_info=(kind, error or kind(), trace))
        if error is not None:
            self.caught.emit(error)

    def release(self) -> None:
        """Put the former hooks back."""
        sys.excepthook = self._before
        threading.excepthook = self._before_threads


def _log_to_file() -> None:
    # Loads sockets and mail: not before the window is painted.
    import logging.handlers

    if any(isinstance(h, logging.handlers.RotatingFileHandler) for h in log.handlers):
        return
    try:
        handler = logging.handlers.RotatingFileHandler(
            cache_folder() / "msgui.log",
            maxBytes=LOG_BYTES,
            backupCount=LOG_FILES,
            encoding="utf-8",
            delay=True,
        )
    except OSError:
        # A home that cannot be written must not keep the window from opening.
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)


def _qt_message(kind: QtMsgType, _context: object, text: str) -> None:
    serious = kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
    log.log(logging.ERROR if serious else logging.INFO, "Qt: %s", text)
    if serious:
        sys.stderr.write(f"msgui: {text}\n")


def application() -> QApplication:
    """Return the one QApplication, made and dressed at the first call."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    has_screen = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )
    if not has_screen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.setswitchinterval(SWITCH_SECONDS)
    qInstallMessageHandler(_qt_message)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("msgui")
    app.setApplicationDisplayName("msgui")
    app.setApplicationVersion(msgui.__version__)
    app.setDesktopFileName("msgui")
    theme.load_fonts(app)
    return app


def build_window(files: Sequence[str] = ()) -> tuple[QApplication, MainWindow]:
    """Return the application and its window, shown, with files being opened in it."""
    app = application()
    window = MainWindow()
    window.last_resort = LastResort(window)
    window.keeps_work = True
    window.open_paths(list(files))
    window.start()
    QTimer.singleShot(0, _log_to_file)
    return app, window


def run(files: Sequence[str] = ()) -> int:
    """Open the window and return the exit code when it is closed."""
    app, window = build_window(files)
    signal.signal(signal.SIGINT, lambda *_: _end(window))
    # Python looks at signals only while it runs: this lets it, a few times a second.
    awake = QTimer()
    awake.timeout.connect(lambda: None)
    awake.start(AWAKE_MS)
    code = app.exec()
    window.runner.stop(0.5)
    return code


def _end(window: MainWindow) -> None:
    """Close at once: who stops the program in a terminal looks at no dialog."""
    window.projects.asks = False
    window.close()


def leave(code: int) -> NoReturn:
    """End the process now: all that is worth keeping is on disk.

    Native libraries that are torn down in a chance order complain or crash, and one that cannot
    be interrupted would keep the process of a closed window.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
