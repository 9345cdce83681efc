"""What must survive: real processes, ended without warning, with the database or the network taken away from them."""
