"""What those are answered who ask for something that takes its time: wait and ask again, or here it is."""
from dataclasses import dataclass
from typing import Literal

from azul.index.bundle import JSON


@dataclass(frozen=True)
class Redirection:
    """
    :param status: 301 to wait and ask again there, 302 to get it there
    :param pause: seconds to wait before that
    :param progress: rows that are written, and how many there are going to be, None if that is not known
    """
    status: Literal[301, 302]
    location: str
    pause: int | None = None
    progress: JSON | None = None

    def body(self) -> JSON:
        """For those who cannot see redirects."""
        waiting = {} if self.pause is None else {'Retry-After': self.pause}
        progress = {} if self.progress is None else {'Progress': self.progress}
        return {'Status': self.status, **waiting, 'Location': self.location, **progress}

    def headers(self) -> dict[str, str]:
        """For those who can."""
        waiting = {} if self.pause is None else {'Retry-After': str(self.pause)}
        return {**waiting, 'Location': self.location}
