"""An event's configuration as a whole: allocations, alert rules, transfer rules and policy, previewed and saved together."""
