"""All that is measured: the caller's minute, due to ringing, a voice turn beside a bare view."""

from __future__ import annotations

from benchmarks import callers_minute, due_to_ringing, voice_turn

if __name__ == "__main__":
    callers_minute.main()
    due_to_ringing.main()
    voice_turn.main()
