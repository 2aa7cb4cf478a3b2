package dev.parley.demo;

import java.util.Locale;

/** What a service of the demo speaks. The first three come in on one port of Parley's, TCP on one of its own. */
enum Protocol {
    HTTP,
    GRPC,
    WEBSOCKET,
    TCP;

    /** As the table shows it. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
