"""What a submission may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace

from engine import HandgradError

UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class LimitsError(HandgradError, ValueError):
    """Limits that cannot be read."""


@dataclass(frozen=True)
class Limits:
    """Limits of one answer to one kata.

    Attributes:
        seconds: of the clock.
        cpu: seconds of the processor.
        memory: bytes of address space.
        file_size: bytes of any file that it writes, and of all that it prints.
        processes: how many the user may have; the kernel does not count root's.
    """

    seconds: float = 10.0
    cpu: int = 8
    memory: int = 1 << 30
    file_size: int = 1 << 20
    processes: int = 512

    def to_dict(self) -> dict[str, float]:
        return asdict(self)

    @classmethod
    def parse(cls, text: str) -> Limits:
        """Limits as "seconds=5,memory=512M"; what is not named stays as it is.

        Raises:
            LimitsError: a name or a number is none.

        Example:
            >>> Limits.parse("seconds=5,memory=512M").memory
            536870912
        """
        known = {field.name for field in fields(cls)}
        found: dict[str, float] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, number = part.partition("=")
            if name not in known:
                raise LimitsError(f"there is no limit '{name}'. They are: {', '.join(sorted(known))}")
            try:
                unit = UNITS.get(number[-1:].lower(), 1)
                amount = float(number[:-1] if number[-1:].lower() in UNITS else number) * unit
            except ValueError:
                amount = 0.0
            if not 0.0 < amount < 1e15:
                raise LimitsError(f"the limit {name} must be a number above 0, not '{number}'. Write: {name}=5")
            found[name] = amount if name == "seconds" else max(1, int(amount))
        return replace(cls(), **found)
