using System.Text;

namespace Mizzen.Proxy.Admin;

/// <summary>Answers that are text.</summary>
internal static class AdminText
{
    public const string PlainType = "text/plain; charset=utf-8";
    public const string JsonType = "application/json";

    public static AdminResponse Plain(int status, string text) => new(status, PlainType, Encoding.UTF8.GetBytes(text));

    public static AdminResponse Json(string text) => new(200, JsonType, Encoding.UTF8.GetBytes(text));

    public static AdminResponse NotFound(string target, string known) => Plain(404, $"there is no {target} here; there is {known}\n");

    public static AdminResponse WrongMethod(string method, string target, string wanted) =>
        Plain(405, $"{method} does nothing here: use {wanted}, for example  curl -X {wanted} http://127.0.0.1:15000{target}\n");
}
