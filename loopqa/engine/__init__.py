"""The loop: detect, analyse, improve, re-evaluate, on real files and a real database."""
