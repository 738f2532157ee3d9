"""The room of licenses: activations, redemptions, validation, signed documents."""
