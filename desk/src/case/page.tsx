export default function Page() {
  return (
    <div className="plain">
      <h1>case</h1>
    </div>
  );
}
