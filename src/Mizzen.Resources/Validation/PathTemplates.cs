namespace Mizzen.Resources.Validation;

/// <summary>Paths with <c>{*}</c> (one segment) and <c>{**}</c> (the rest).</summary>
internal static class PathTemplates
{
    /// <summary>What is wrong with a template; null for nothing.</summary>
    public static string? ProblemOf(string template)
    {
        var segments = template.Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            var segment = segments[i];
            if (segment == "{**}" && Array.LastIndexOf(segments, "{**}") > i)
            {
                return "{**} may stand there once";
            }

            if (segment.Contains('{', StringComparison.Ordinal) && segment is not ("{*}" or "{**}"))
            {
                return $"'{segment}' is neither {{*}} nor {{**}}";
            }

            if (segment.Contains('*', StringComparison.Ordinal) && segment is not ("{*}" or "{**}"))
            {
                return "a star stands in braces in a template";
            }
        }

        return null;
    }
}
