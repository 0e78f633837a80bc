"""Pages that act. Each module exports its ``urlpatterns``; ``workflows.urls`` joins them."""
