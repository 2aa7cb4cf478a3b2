package dev.parley.model.certificate;

/** A file of certificates or keys is of no use: what is wrong with it, and what to do. */
public final class UnusableCertificateException extends Exception {
    private static final long serialVersionUID = 1;

    private final String what;
    private final String fix;

    UnusableCertificateException(String what, String fix) {
        super(what + " " + fix);
        this.what = what;
        this.fix = fix;
    }

    UnusableCertificateException(String what, String fix, Throwable cause) {
        super(what + " " + fix, cause);
        this.what = what;
        this.fix = fix;
    }

    /** What is wrong, with the file's name. */
    public String what() {
        return what;
    }

    /** What to do about it. */
    public String fix() {
        return fix;
    }
}
