using System.Text;

namespace Mizzen.Clusters;

/// <summary>Writes the kubeconfig that kubectl and client libraries read; it holds an administrator's key, so only its owner may read it.</summary>
internal static class KubeconfigFile
{
    private const string Mark = "# written by mizzen up";

    /// <summary>Writes the file of the cluster itself.</summary>
    public static void Write(string path, ClusterName name, Uri server, string authorityPem, string certificatePem, string keyPem)
    {
        var text = $"""
            {Mark}
            apiVersion: v1
            kind: Config
            current-context: {name}
            clusters:
            - name: {name}
              cluster:
                server: {server.ToString().TrimEnd('/')}
                certificate-authority-data: {Base64(authorityPem)}
            users:
            - name: {name}-admin
              user:
                client-certificate-data: {Base64(certificatePem)}
                client-key-data: {Base64(keyPem)}
            contexts:
            - name: {name}
              context:
                cluster: {name}
                user: {name}-admin

            """;
        var next = path + ".next";
        File.Delete(next);
        using (var file = new FileStream(next, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
        }

        File.Move(next, path, overwrite: true);
    }

    /// <summary>Complains when a file of the user's own stands where a copy was asked for.</summary>
    /// <exception cref="UserErrorException">The file is not one of ours.</exception>
    public static void RequireOurs(string path)
    {
        if (File.Exists(path) && File.ReadLines(path).FirstOrDefault() != Mark)
        {
            throw new UserErrorException($"--kubeconfig {path}: the file exists and was not written by mizzen; name another, or move it away");
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
