"""How the models are made. torch is imported only below this package."""
