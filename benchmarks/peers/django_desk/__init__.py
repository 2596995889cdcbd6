"""The original system's stack, rebuilt from its description: Django, Celery, langchain-openai.

Nobody here has seen its code. What its description names is all here, and nothing else: routes by
Django REST framework, messages by the ORM, an answer by a Celery task over Redis' protocol, a
router and three specialists with five tools, search by pgvector, a window of 15 messages, CO-STAR
prompts, JSON logs with correlation ids. ``benchmarks.rebuilt`` runs and measures it.
"""
