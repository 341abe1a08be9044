"""What the shop knows: catalogue, prices, stock, orders."""
