"""A knowledge graph of how amyotrophic lateral sclerosis is treated, with who says so and how surely."""

__version__ = "0.1.0"
