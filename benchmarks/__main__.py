"""All that is measured: the caller's minute, due to ringing, a voice turn beside a bare view, and
the list at a million incidents."""

from __future__ import annotations

from benchmarks import callers_minute, due_to_ringing, list_page, voice_turn

if __name__ == "__main__":
    callers_minute.main()
    due_to_ringing.main()
    voice_turn.main()
    list_page.main()
