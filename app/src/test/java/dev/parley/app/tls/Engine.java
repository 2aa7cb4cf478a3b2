package dev.parley.app.tls;

/** Which TLS does the work. */
enum Engine {
    BORINGSSL(""),
    JDK("jdk");

    private static final String PROPERTY = "parley.tls";

    private final String value;

    Engine(String value) {
        this.value = value;
    }

    /** Has data planes that start from now on use it. */
    void choose() {
        System.setProperty(PROPERTY, value);
    }
}
