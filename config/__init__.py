"""Settings, URLs and the WSGI entry. Stands above all apps and may import any of them."""
