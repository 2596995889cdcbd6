"""What is stored."""

import uuid

from django.db import models
from pgvector.django import HnswIndex, VectorField

DIMENSIONS = 384


class Customer(models.Model):
    """A customer."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)


class Subscription(models.Model):
    """What a customer has."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="subscriptions")
    plan = models.CharField(max_length=50)
    status = models.CharField(max_length=20)
    price = models.DecimalField(max_digits=10, decimal_places=2)


class Invoice(models.Model):
    """What a customer was billed."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="invoices")
    number = models.CharField(max_length=50, unique=True)
    status = models.CharField(max_length=20)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    due_date = models.DateField()


class Conversation(models.Model):
    """A conversation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    customer_email = models.EmailField(blank=True)
    last_agent = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class Message(models.Model):
    """What was said in it, and what has become of the answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages"
    )
    role = models.CharField(max_length=20)
    content = models.TextField()
    agent = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=20, default="queued")
    reply = models.OneToOneField("self", on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """How they are looked up."""

        indexes = (models.Index(fields=["conversation", "created_at"]),)


class Ticket(models.Model):
    """What a person is to do."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    subject = models.CharField(max_length=200)
    description = models.TextField()
    priority = models.CharField(max_length=20)


class Passage(models.Model):
    """What the knowledge base says."""

    title = models.CharField(max_length=200)
    content = models.TextField()
    embedding = VectorField(dimensions=DIMENSIONS)

    class Meta:
        """How they are searched."""

        indexes = (
            HnswIndex(
                name="passage_embedding", fields=["embedding"], opclasses=["vector_cosine_ops"]
            ),
        )
