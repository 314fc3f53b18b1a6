using MudBlazor;

namespace Rlhf.WebConsole.Layout;

/// <summary>Colours with a contrast of at least 4.5 to 1, light and dark, and the system's own fonts.</summary>
internal static class ConsoleTheme
{
    private static readonly string[] Fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif"];

    /// <summary>The theme.</summary>
    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#2f4bc0",
            Secondary = "#8a2c6b",
            Success = "#1e6b2f",
            Error = "#b3261e",
            Warning = "#8a5300",
            Info = "#0b5c8f",
            Background = "#f7f6f3",
            Surface = "#ffffff",
            AppbarBackground = "#ffffff",
            AppbarText = "#22242a",
            DrawerBackground = "#ffffff",
            DrawerText = "#22242a",
            DrawerIcon = "#4a4d55",
            TextPrimary = "#22242a",
            TextSecondary = "#55585f",
            TextDisabled = "#6d7078",
            ActionDefault = "#4a4d55",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#9fb0ff",
            PrimaryContrastText = "#15161a",
            Secondary = "#f0a8d6",
            SecondaryContrastText = "#15161a",
            Success = "#7ddb8f",
            SuccessContrastText = "#15161a",
            Error = "#ff9b94",
            ErrorContrastText = "#15161a",
            Warning = "#f3c06b",
            WarningContrastText = "#15161a",
            Info = "#8fcdf5",
            InfoContrastText = "#15161a",
            Background = "#15161a",
            Surface = "#1f2126",
            AppbarBackground = "#1f2126",
            AppbarText = "#e8e6e1",
            DrawerBackground = "#1f2126",
            DrawerText = "#e8e6e1",
            DrawerIcon = "#c3c5cb",
            TextPrimary = "#e8e6e1",
            TextSecondary = "#b4b7bf",
            TextDisabled = "#9a9da6",
            ActionDefault = "#c3c5cb",
        },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Fonts },
            Button = new ButtonTypography { FontFamily = Fonts, TextTransform = "none" },
            H1 = new H1Typography { FontSize = "1.4rem", FontWeight = "600" },
            H2 = new H2Typography { FontSize = "1.1rem", FontWeight = "600" },
        },
    };
}
