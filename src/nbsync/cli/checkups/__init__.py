"""What `nbsync doctor` looks at: each room tells what it found, and none of them raises."""
