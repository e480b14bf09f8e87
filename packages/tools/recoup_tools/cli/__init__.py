"""The commands that `recoup` has where the tools are installed (entry points `recoup.commands`)."""
