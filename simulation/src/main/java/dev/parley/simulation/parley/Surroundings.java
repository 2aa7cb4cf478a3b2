package dev.parley.simulation.parley;

import dev.parley.model.EndpointAddress;
import dev.parley.simulation.world.Agenda;
import dev.parley.simulation.world.Network;
import dev.parley.simulation.world.Server;
import java.util.Map;

/**
 * What a Parley finds around itself.
 *
 * @param servers who listens at each address of the configuration
 */
public record Surroundings(Agenda agenda, Network network, Map<EndpointAddress, Server> servers) {}
