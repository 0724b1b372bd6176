"""Both clients over real sockets, before both emulators, which fail at random: see CONTRIBUTING for the command."""
