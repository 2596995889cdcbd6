"""Knowledge: documents in, passages out; what publishing, the worker and the API share.

::

    bytes ─ extraction ─► Extracted ─ splitting ─► DocumentDraft ─ publishing ─► store
    question ─────────────────────────────────────────────────── searching ──► hits
"""
