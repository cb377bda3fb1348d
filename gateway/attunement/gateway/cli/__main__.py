from attunement.gateway.cli import main

main()
