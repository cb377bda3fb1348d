"""What is inferred of a person, never measured: in inference mode only, of the patient only."""
