package dev.parley.cli;

import dev.parley.model.Durations;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads times of the command line as the configuration does: {@code 30s}, {@code 5m}. */
public final class TimeConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
        try {
            return Durations.parse(text);
        } catch (IllegalArgumentException notATime) {
            throw new TypeConversionException(String.valueOf(notATime.getMessage()));
        }
    }
}
