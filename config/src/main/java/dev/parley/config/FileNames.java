package dev.parley.config;

import dev.parley.model.CertificateFiles;
import dev.parley.model.FileName;
import java.nio.file.Path;

/** Takes relative names of files from the folder of the file that they were written in, wherever Parley was started. */
final class FileNames {
    private FileNames() {}

    /** A value that was read from one word, with the names in it resolved. */
    static Object resolved(Object value, Source source) {
        return switch (value) {
            case FileName name -> resolved(name, source);
            case CertificateFiles files ->
                new CertificateFiles(resolved(files.certificate(), source), resolved(files.key(), source));
            default -> value;
        };
    }

    private static FileName resolved(FileName name, Source source) {
        Path folder = Path.of(source.name()).getParent();
        Path file = Path.of(name.text());
        return folder == null || file.isAbsolute()
                ? name
                : new FileName(folder.resolve(file).toString());
    }
}
