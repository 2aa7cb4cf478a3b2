package dev.parley.telemetry.admin;

import java.util.List;

/** Whether Parley may be sent traffic. Declared here, supplied by the assembly; asked by any thread. */
@FunctionalInterface
public interface Readiness {
    /**
     * Why Parley should not be sent traffic now, each as one sentence: it has not bound a listener yet, is warming up, is
     * draining. Empty once it is ready.
     */
    List<String> reasonsAgainst();
}
