"""For deployments where everybody may see the same."""
from typing import Self

from azul.config import Config


class Nobody:
    """Knows nobody. Whatever callers say of themselves is ignored."""

    @classmethod
    def configured(cls, config: Config) -> Self:
        return cls()

    def principal(self, authorization: str | None) -> None:
        return None
