"""Everything that is measured: the caller's minute, then a voice turn beside a bare Flask view."""

from __future__ import annotations

from benchmarks import callers_minute, voice_turn

if __name__ == "__main__":
    callers_minute.main()
    voice_turn.main()
