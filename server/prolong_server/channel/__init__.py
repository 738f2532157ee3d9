"""The room of sales: dealers, price lists, orders, accounts."""
